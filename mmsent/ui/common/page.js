// What the whole page needs. It asks for the modules of all tabs too, so that they are there when a tab is opened.

import "../face/live.js";
import "../face/photo.js";
import "../face/photo_save.js";
import "../meme/meme.js";
import "../review/review.js";
import "../video/video.js";
import "./stale.js";
import "./verdict.js";

export {mount} from "./files.js";
