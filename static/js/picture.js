// Pictures leave the phone small and without their place: drawn anew as JPEG, at most 1600 px.
const LONGEST = 1600;
const QUALITY = 0.82;

export async function pictures(part) {
  const chosen = [...part.querySelectorAll('input[type="file"]')].flatMap((input) => [...input.files].map((file) => ({ name: input.name, file })));
  return Promise.all(chosen.map(async ({ name, file }) => ({ name, blob: await shrunk(file), file: 'photo.jpg' })));
}

async function shrunk(file) {
  try {
    const drawn = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, LONGEST / Math.max(drawn.width, drawn.height));
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(drawn.width * scale), height: Math.round(drawn.height * scale) });
    canvas.getContext('2d').drawImage(drawn, 0, 0, canvas.width, canvas.height);
    drawn.close();
    return await new Promise((done) => { canvas.toBlob((blob) => done(blob ?? file), 'image/jpeg', QUALITY); });
  } catch {
    return file; // what cannot be drawn here is judged by the server
  }
}
