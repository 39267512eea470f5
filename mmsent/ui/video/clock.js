// 65.4 is "1:05", 3725 is "1:02:05".
export const clock = (seconds) => {
  const s = Math.floor(seconds);
  const minutes = Math.floor(s / 60);
  const two = (n) => String(n).padStart(2, "0");
  return s < 3600
    ? `${minutes}:${two(s % 60)}`
    : `${Math.floor(s / 3600)}:${two(minutes % 60)}:${two(s % 60)}`;
};
