// A subscription that tells the whole state each time: the newest value is all that is kept.
import { useEffect, useState } from "react";
import type { CombinedError, TypedDocumentNode } from "urql";

import { client } from "./client";
import { codeOf, inWords } from "./failures";

export interface Live<Data> {
  data: Data | null;
  /** Why there is nothing newer; `code` is of docs/protocol.md, "Error codes". */
  error: { message: string; code: string | undefined } | null;
}

const AGAIN_AFTER = 2_000; // ms, when it was ended for good, as at a fault of the server
const FINAL = new Set(["FORBIDDEN", "UNAUTHENTICATED", "BAD_REQUEST"]);

/** Follows it while the component is there; after a cut, graphql-ws subscribes again by itself. */
export function useLive<Data>(
  document: TypedDocumentNode<Data, Record<string, never>>,
): Live<Data> {
  const [state, setState] = useState<Live<Data>>({ data: null, error: null });

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let end = follow();
    return () => {
      clearTimeout(timer);
      end();
    };

    function follow(): () => void {
      return client.subscription(document, {}).subscribe(({ data, error }) => {
        if (error) fail(error);
        else if (data) setState({ data, error: null });
      }).unsubscribe;
    }

    function fail(error: CombinedError) {
      const code = codeOf(error);
      setState(({ data }) => ({ data, error: { message: inWords(error), code } }));
      if (FINAL.has(code ?? "")) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        end = follow();
      }, AGAIN_AFTER);
    }
  }, [document]);

  return state;
}
