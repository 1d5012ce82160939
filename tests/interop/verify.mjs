// Verifies our tokens with an implementation that knows nothing of us; reads and writes JSON.
import { createRemoteJWKSet, errors, jwtVerify } from 'jose'

const { jwksUrl, issuer, audience, tokens } = JSON.parse(await new Response(process.stdin).text())
const keys = createRemoteJWKSet(new URL(jwksUrl))
const options = { issuer, audience, typ: 'at+jwt', requiredClaims: ['sub', 'sid', 'jti', 'exp', 'iat'] }

const verdicts = {}
for (const [name, token] of Object.entries(tokens)) {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, options)
    verdicts[name] = { payload, header: protectedHeader }
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    verdicts[name] = { refused: error.code }
  }
}
process.stdout.write(JSON.stringify(verdicts))
