// The live core in a thread of its own, so that the page never waits for it.

import { host } from "./host.js";

host(self);
