// What the whole page needs. It asks for the modules of all tabs too, so that they are there when a
// tab is opened.

import "../face/live.js";
import "../face/photo.js";
import "../face/photo_detail.js";
import "../face/photo_own.js";
import "../face/photo_save.js";
import "../meme/meme.js";
import "../review/review.js";
import "../video/video.js";
import "./about.js";
import "./explain.js";
import "./stale.js";
import "./verdict.js";

import { mountAsides } from "./asides.js";
import { mount as mountFiles } from "./files.js";
import { mount as mountOffline } from "./offline.js";
import { mountPreviews } from "./previews.js";
import { mount as mountTabs } from "./tabs.js";
import { mountToasts } from "./toasts.js";

// `endings` as files.js takes them, `tabs` as tabs.js does.
export function mount(context, { endings, tabs }) {
  document.getElementById("first-screen")?.remove(); // head.css has hidden it
  mountFiles(context, endings);
  mountToasts(mountOffline());
  mountPreviews();
  mountTabs(context, tabs);
  mountAsides(context);
  document.documentElement.dataset.mounted = ""; // from now on a file of any name can be chosen
}
