export default function JobPage({ id }: { id: string }) {
  return <p>{id}</p>;
}
