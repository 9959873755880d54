/**
 * A key pair and its own certificate, for localhost and 127.0.0.1, valid until 2100, so that tests of HTTPS need no
 * program to make one. It protects nothing: everybody can read it here.
 */
export const testCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMDAwMTAxMDAwMDAwWhgPMjEwMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABA04J0VIqY/UcWZS
k1iuC5dvEFS9IYgXCFKZ6HqpqzTeW+K4oJkME3vljxbP8mlyVv4fe33zpeuwmWNq
d67UIxWjTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E
BTADAQH/MB0GA1UdDgQWBBT3IIUHZqA67NFEW820YMtpSsmjjTAKBggqhkjOPQQD
AgNIADBFAiB/rIzxDyQy2qpIgEAamS81y0I8RUwNLxkXDfgF48iqgwIhAP1suxRX
wd/sLhTHauGuTuuV4jdnOy2nUTuJqOb4dakN
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgOBXWq3PP1Rp5Cl7f
vtHgMotczQE77gja3weg6m5h+g2hRANCAAQNOCdFSKmP1HFmUpNYrguXbxBUvSGI
FwhSmeh6qas03lviuKCZDBN75Y8Wz/Jpclb+H3t986XrsJljaneu1CMV
-----END PRIVATE KEY-----
`,
};
