// A dialog, the browser's own: it takes the keyboard, and gives it back.
import { useEffect, useId, useRef, type ReactNode } from "react";

import { text } from "../text";
import "../styles/dialog.css";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

export function Dialog({ title, onClose, children, wide }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    dialog.current!.showModal();
  }, []);

  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose} data-wide={wide}>
      <div className="dialog-title">
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          className="plain icon"
          aria-label={text.close}
          onClick={() => dialog.current!.close()}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 4l8 8M12 4l-8 8" />
          </svg>
        </button>
      </div>
      {children}
    </dialog>
  );
}
