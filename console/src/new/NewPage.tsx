export default function NewPage({ task }: { task: string | null }) {
  return <p>{task}</p>;
}
