// The answer goes to the site by itself.
document.querySelector("form").requestSubmit();
