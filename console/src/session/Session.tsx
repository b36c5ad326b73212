// Lets in whoever the server knows, and asks all others for a token.
import { useEffect, useState, type ReactNode } from "react";
import { Provider } from "urql";

import { client, forgetAll } from "../api/client";
import { codeOf, inWords } from "../api/failures";
import { reconnect } from "../api/socket";
import { ViewerDocument } from "../generated/graphql";
import { Notice } from "../parts/Notice";
import { text } from "../text";
import { rejectCredentials, signOut, useCredentials } from "./credentials";
import { SignIn } from "./SignIn";
import { ViewerContext, type Viewer } from "./viewer";

type State = { viewer: Viewer | null } | { failure: string } | "asking";

export function Session({ children }: { children: ReactNode }) {
  const { token, watching, rejected } = useCredentials();
  const [state, setState] = useState<State>("asking");
  const [tries, setTries] = useState(0);

  useEffect(() => {
    if (rejected) return;
    if (watching) return setState({ viewer: null });
    let gone = false;
    setState("asking");
    forgetAll();
    void client
      .query(ViewerDocument, {}, { requestPolicy: "network-only" })
      .toPromise()
      .then(({ data, error }) => {
        if (gone) return;
        if (data) setState({ viewer: data.viewer });
        else if (codeOf(error) === "UNAUTHENTICATED") rejectCredentials();
        else setState({ failure: error ? inWords(error) : text.errors.unknown });
      });
    return () => {
      gone = true;
      reconnect();
    };
  }, [token, watching, rejected, tries]);

  if (rejected && watching) {
    return (
      <main className="alone">
        <Notice
          title={text.link.title}
          action={<button onClick={signOut}>{text.link.leave}</button>}
          error
        >
          {text.link.body}
        </Notice>
      </main>
    );
  }
  if (rejected) return <SignIn rejected={token !== null} />;
  if (state === "asking") return null;
  if ("failure" in state) {
    const again = <button onClick={() => setTries(tries + 1)}>{text.tryAgain}</button>;
    return (
      <main className="alone">
        <Notice title={text.product} action={again} error>
          {state.failure}
        </Notice>
      </main>
    );
  }
  return (
    <Provider value={client}>
      <ViewerContext value={state.viewer}>{children}</ViewerContext>
    </Provider>
  );
}
