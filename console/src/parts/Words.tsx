// A text of the schema: what stands in backticks is code.

export function Words({ children }: { children: string }) {
  const pieces = children.split(/`([^`]+)`/);
  return <>{pieces.map((piece, at) => (at % 2 === 1 ? <code key={at}>{piece}</code> : piece))}</>;
}
