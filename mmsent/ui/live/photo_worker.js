// Photos read in a thread of their own, so that the page never waits for it.

import { hostPhotos } from "./photo_host.js";

hostPhotos(self);
