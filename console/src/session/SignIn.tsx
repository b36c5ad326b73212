// Asks for a token. The server decides what it is worth.
import { useId, type FormEvent } from "react";

import { text } from "../text";
import { signIn } from "./credentials";

export function SignIn({ rejected }: { rejected: boolean }) {
  const id = useId();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    const bare = String(token)
      .trim()
      .replace(/^Bearer\s+/i, "");
    if (bare !== "") signIn(bare);
  }

  return (
    <main className="alone">
      <form className="card sign-in" onSubmit={submit}>
        <h1>{text.signIn.title}</h1>
        <p>{text.signIn.body}</p>
        {rejected && (
          <p className="problem" role="alert">
            {text.signIn.rejected}
          </p>
        )}
        <label htmlFor={id}>{text.signIn.label}</label>
        <input
          id={id}
          name="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          required
          autoFocus
        />
        <button className="primary">{text.signIn.action}</button>
        <p className="quiet">{text.signIn.kept}</p>
      </form>
    </main>
  );
}
