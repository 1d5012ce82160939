// A service on Node.
import { createServer } from 'node:http';
import { createVerifier } from '@tigertally/verify';
import { admit } from '@tigertally/verify/http';

const { URL: url = '', KEY: serviceKey = '', PORT } = process.env;
const verifier = createVerifier({ url, serviceKey, issuer: 'tigertally' });

createServer((request, response) => {
  void admit(verifier, request, response).then((claims) => {
    if (!claims) return;
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ user: claims.userId }));
  });
}).listen(Number(PORT), '127.0.0.1');
