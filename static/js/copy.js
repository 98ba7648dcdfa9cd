// Copies a text: <button data-copy="id of its element">. Where the browser does not allow it, the text is selected.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const status = document.querySelector('[data-status]');
  let said = '已复制。';
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
    said = '没有复制成功，文字已选中，请按键盘复制。';
  }
  if (status) status.textContent = said;
});
