// Pauses a queue, or resumes it, after a question.
import { useState } from "react";

import { plain } from "../api/failures";
import { mutate } from "../api/mutate";
import { PauseQueueDocument, ResumeQueueDocument } from "../generated/graphql";
import { Confirm } from "../parts/Confirm";
import { text } from "../text";
import type { Queue } from "./QueueCard";

export function PauseButton({ queue }: { queue: Queue }) {
  const [open, setOpen] = useState<"pause" | "resume" | null>(null);
  const { pause, resume } = text.overview;
  const close = () => setOpen(null);

  return (
    <div className="actions">
      {queue.paused ? (
        <button className="primary" onClick={() => setOpen("resume")}>
          {resume.action}
        </button>
      ) : (
        <button onClick={() => setOpen("pause")}>{pause.action}</button>
      )}
      {open === "pause" && (
        <Confirm
          title={pause.title(queue.name)}
          body={pause.body}
          action={pause.confirm}
          run={() => pauseQueue(queue.name)}
          onClose={close}
        />
      )}
      {open === "resume" && (
        <Confirm
          title={resume.title(queue.name)}
          body={resume.body(queue.waiting)}
          action={resume.confirm}
          run={() => resumeQueue(queue.name)}
          onClose={close}
        />
      )}
    </div>
  );
}

async function pauseQueue(name: string): Promise<string | null> {
  const { data, refused } = await mutate(PauseQueueDocument, { name });
  if (refused !== undefined) return refused;
  return "message" in data.pauseQueue ? plain(data.pauseQueue.message) : null;
}

async function resumeQueue(name: string): Promise<string | null> {
  const { data, refused } = await mutate(ResumeQueueDocument, { name });
  if (refused !== undefined) return refused;
  return "message" in data.resumeQueue ? plain(data.resumeQueue.message) : null;
}
