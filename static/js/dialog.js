// Dialogs and printing. <a href="#sos" data-dialog="sos"> opens <dialog id="sos">; without script its address does.
document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-dialog]');
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (dialog && dialog.showModal) {
      event.preventDefault();
      if (!dialog.open) dialog.showModal();
    }
    return;
  }
  const closer = event.target.closest('[data-close]');
  const open = closer ? closer.closest('dialog') : event.target.matches('dialog[open]:not([data-sos])') && event.target;
  if (open && open.open) {
    event.preventDefault();
    open.close();
  }
  if (event.target.closest('[data-print]')) window.print();
});

document.addEventListener('keydown', (event) => {
  // A link that acts as a button answers to the space key as buttons do.
  if (event.key === ' ' && event.target.matches('a[role="button"]')) {
    event.preventDefault();
    event.target.click();
  }
});
