// How far a job is, as a bar.

interface Props {
  fraction: number;
  label: string;
  status?: string;
}

export function ProgressBar({ fraction, label, status }: Props) {
  const percent = Math.round(fraction * 100);
  return (
    <div
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      data-status={status}
    >
      <div style={{ transform: `scaleX(${Math.min(1, Math.max(0, fraction))})` }} />
    </div>
  );
}
