import {clock} from "/video/clock.js";
import {captionOf, tracksOf} from "/video/moment.js";
import {facesNow, momentAt} from "/video/video.js";
import {equal, near, test} from "./check.js";

test("a clock tells minutes, and hours where there are some", () => {
  equal([0, 59.9, 65.4, 600, 3725].map(clock), ["0:00", "0:59", "1:05", "10:00", "1:02:05"]);
});

test("the moment is the last that has begun, and never none", () => {
  const moments = [{start: .4}, {start: 2.4}, {start: 4.5}];
  equal([0, .4, 2.3, 2.4, 4, 99].map(time => momentAt(moments, time)), [0, 0, 0, 1, 1, 2]);
});

const at = (time, left) => ({time, track: 1, box: [left, 0, left + 10, 10]});
const lefts = (sightings, time) => facesNow([sightings], time).map(face => face.box[0]);

test("between two sightings a face moves evenly", () => {
  near(lefts([at(1, 0), at(1.5, 50)], 1.2), [20]);
  near(facesNow([[at(1, 0), at(1.5, 50)]], 1.2)[0].box, [20, 0, 30, 10]);
});

test("a face that is away for more than a second does not glide through the picture", () => {
  const gone = [at(1, 0), at(4, 90)];
  equal(lefts(gone, 1.3), [0]);
  equal(lefts(gone, 2.5), []);
  equal(lefts(gone, 4), [90]);
});

test("a face comes a moment early and stays a moment longer", () => {
  const once = [at(1, 0), at(1.2, 7)];
  equal(lefts(once, .7), []);
  equal(lefts(once, .9), [0]);
  equal(lefts(once, 1.5), [7]);
  equal(lefts(once, 1.7), []);
});

test("each face has its own sightings", () => {
  equal(facesNow([[at(1, 0)], [at(1, 50)], [at(9, 90)]], 1.1).map(face => face.box[0]), [0, 50]);
});

test("faces are told in the words of the clip, in its order", () => {
  const face = (track, top, probs, unsure = false) => ({time: 1, box: [0, 0, 1, 1], track, emotions: {top, probs, unsure}});
  const config = {emotions: ["anger", "joy", "other"], same: {happy: "joy", angry: "anger"}};
  const probs = {happy: .7, angry: .3};
  const tracks = tracksOf([face(2, "happy", probs), face(1, "angry", probs), face(2, "happy", probs, true)], config);
  equal(tracks.map(one => one.map(({label}) => label)), [["joy", "not sure"], ["anger"]]);
  equal(tracks[0][0].probs, [.3, .7, 0]);
});

test("an answer is told with its confidence where it is sure", () => {
  equal(captionOf({unsure: false, top: "joy", confidence: .871}), "joy 87 %");
  equal(captionOf({unsure: true, top: "joy", confidence: .3}), "not sure");
});
