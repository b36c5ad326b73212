// Where the console begins.
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { applyTheme } from "./shell/theme";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/jobs.css";

applyTheme();
createRoot(document.getElementById("root")!).render(<App />);
