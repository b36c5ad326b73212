// A page, or a part of one, that has nothing to show: it says why, and what to do.
import type { ReactNode } from "react";

interface Props {
  title: string;
  children: ReactNode;
  action?: ReactNode;
  error?: boolean;
}

export function Notice({ title, children, action, error }: Props) {
  return (
    <section className="notice" role={error ? "alert" : undefined}>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </section>
  );
}
