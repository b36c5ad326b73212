// Says that the connection is lost, for as long as it is.
import { useEffect, useState } from "react";

import { useConnection } from "../api/connection";
import { connectNow } from "../api/socket";
import { text } from "../text";

const NOT_WORTH_A_WORD = 700; // ms: a server that restarts is back by then

export function Banner() {
  const lost = useConnection().state === "lost";
  const [shown, setShown] = useState(false);

  useEffect(() => {
    if (!lost) return setShown(false);
    const timer = setTimeout(() => setShown(true), navigator.onLine ? NOT_WORTH_A_WORD : 0);
    return () => clearTimeout(timer);
  }, [lost]);

  return (
    <div role="status" className="banner" hidden={!shown}>
      {shown && (
        <>
          <span>{navigator.onLine ? text.connection.lost : text.connection.offline}</span>
          <button onClick={connectNow}>{text.connection.now}</button>
        </>
      )}
    </div>
  );
}
