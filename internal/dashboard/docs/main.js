import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

const app = document.getElementById('app');

/** Shows the document that this service serves, to read and to try; asks nobody else for anything. */
async function show() {
  const answer = await fetch('./openapi.json');
  if (!answer.ok) throw answer;
  const spec = await answer.json();
  SwaggerUI({ domNode: app, spec, validatorUrl: null, deepLinking: true, displayRequestDuration: true });
}

show().catch((reason) => {
  if (reason.status === 401) {
    const link = Object.assign(document.createElement('a'), { href: './', textContent: 'the dashboard' });
    app.append('A token is needed: ', link, ' asks for it, and this page can be loaded again then.');
  } else app.textContent = `The document cannot be loaded: ${reason.message ?? reason.statusText}`;
});
