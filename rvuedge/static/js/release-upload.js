// Tells how far an upload has come, and shows the page anew when the work is done. Without it,
// the link "Look again" does the same.
const place = document.querySelector("[data-progress-url]");

const look = async () => {
  const response = await fetch(place.dataset.progressUrl).catch(() => null);
  if (response?.ok && !response.redirected) {
    const { step, is_at_work: isAtWork } = await response.json();
    if (!isAtWork) return location.reload();
    if (place.textContent !== step) place.textContent = step;
  }
  setTimeout(look, 1500);
};

if (place) setTimeout(look, 1000);
