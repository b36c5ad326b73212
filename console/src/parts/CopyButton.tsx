// Puts a text into the clipboard, and says that it has.
import { useEffect, useState } from "react";

import { text } from "../text";

const SAID = 1_500; // ms

interface Props {
  value: string;
  label?: string;
}

export function CopyButton({ value, label = text.copy }: Props) {
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAID);
    return () => clearTimeout(timer);
  }, [copied]);

  return (
    <button
      type="button"
      className="plain copy"
      onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(true))}
    >
      {copied ? text.copied : label}
      <span role="status" className="hidden">
        {copied && text.copied}
      </span>
    </button>
  );
}
