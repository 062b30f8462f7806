// A real OpenID provider on loopback, and one that lies when it is told to: node provider.mjs PORT CLIENT_REDIRECT_URI.
// Any login is let in; "name@group+group" is a member of the groups, "how!name" gets a token that is bent in that way.
import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT, decodeJwt, UnsecuredJWT } from "jose";
import Provider from "oidc-provider";

const [port, redirectUri] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const { privateKey } = await generateKeyPair("RS256", { extractable: true });
const { privateKey: foreignKey } = await generateKeyPair("RS256", { extractable: true });
const key = { ...(await exportJWK(privateKey)), kid: "own", alg: "RS256", use: "sig" };

const groupsOf = login => (login.split("@")[1] || "").split("+").filter(Boolean);
const provider = new Provider(issuer, {
  clients: [{ client_id: "dashboard", client_secret: "of-the-tests", redirect_uris: [redirectUri],
              post_logout_redirect_uris: [redirectUri] }],
  jwks: { keys: [key] },
  scopes: ["openid", "groups"],
  claims: { openid: ["sub"], groups: ["groups"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, groups: groupsOf(id) }) }),
  ttl: { IdToken: 3600, AccessToken: 3600, Session: 3600, Grant: 3600, Interaction: 3600 },
  cookies: { keys: ["of-the-tests"] },
});

const sign = (claims, by = privateKey, header = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "own", ...header }).sign(by);
const now = () => Math.floor(Date.now() / 1000);
// Way → what becomes of an ID token's claims.
const BENT = {
  other_key: claims => sign(claims, foreignKey),
  no_signature: claims => new UnsecuredJWT(claims).encode(),
  other_audience: claims => sign({ ...claims, aud: "another-client" }),
  other_issuer: claims => sign({ ...claims, iss: "http://127.0.0.1:1" }),
  other_nonce: claims => sign({ ...claims, nonce: "replayed" }),
  expired: claims => sign({ ...claims, iat: now() - 7200, exp: now() - 3600 }),
  short: claims => sign({ ...claims, exp: now() + 12 }),
  endless: ({ exp, ...claims }) => sign(claims),
  no_subject: ({ sub, ...claims }) => sign(claims),
  groups_as_text: claims => sign({ ...claims, groups: "planners" }),
};

provider.use(async (ctx, next) => {
  await next();
  if (ctx.path !== "/token" || !ctx.body?.id_token) return;
  const claims = decodeJwt(ctx.body.id_token);
  const way = claims.sub.includes("!") ? claims.sub.split("!")[0] : null;
  if (way === "no_token") { delete ctx.body.id_token; return; }
  if (way) ctx.body.id_token = await BENT[way](claims);
});

createServer(provider.callback()).listen(Number(port), "127.0.0.1", () => console.log("ready"));
