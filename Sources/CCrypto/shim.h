#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/bn.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

/// SHA-256 in one call. Returns 1, or 0 when libcrypto failed.
static inline int ccrypto_sha256(const void *bytes, size_t count, unsigned char into[32]) {
    unsigned int length = 0;
    return EVP_Digest(bytes, count, into, &length, EVP_sha256(), NULL) == 1 && length == 32;
}

/// HMAC-SHA256 in one call (`EVP_sha256()` is a function whose result Swift cannot name as a constant).
static inline int ccrypto_hmac_sha256(
    const void *key, size_t key_count, const void *bytes, size_t count, unsigned char into[32]) {
    unsigned int length = 0;
    return HMAC(EVP_sha256(), key, (int)key_count, bytes, count, into, &length) != NULL && length == 32;
}

/// HKDF-SHA256 (RFC 5869). OSSL_PARAM arrays are built from macros that Swift does not import.
static inline int ccrypto_hkdf_sha256(
    const void *key, size_t key_count, const void *info, size_t info_count, unsigned char *into, size_t into_count) {
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_count),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_count),
        OSSL_PARAM_construct_end(),
    };
    int done = context && EVP_KDF_derive(context, into, into_count, parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return done;
}

/// AES-256-GCM: `into` takes the cipher text and 16 bytes of tag behind it.
static inline int ccrypto_gcm_seal(
    const unsigned char key[32], const unsigned char nonce[12], const void *context_bytes, size_t context_count,
    const void *plain, size_t plain_count, unsigned char *into) {
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int length = 0, rest = 0;
    int done = cipher && EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1
        && EVP_EncryptUpdate(cipher, NULL, &length, context_bytes, (int)context_count) == 1
        && EVP_EncryptUpdate(cipher, into, &length, plain, (int)plain_count) == 1
        && EVP_EncryptFinal_ex(cipher, into + length, &rest) == 1
        && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, 16, into + plain_count) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return done;
}

/// Opens what `ccrypto_gcm_seal` made. Returns 0 when the tag does not match.
static inline int ccrypto_gcm_open(
    const unsigned char key[32], const unsigned char nonce[12], const void *context_bytes, size_t context_count,
    const unsigned char *sealed, size_t sealed_count, unsigned char *into) {
    if (sealed_count < 16) return 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int length = 0, rest = 0;
    size_t plain_count = sealed_count - 16;
    int done = cipher && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, nonce) == 1
        && EVP_DecryptUpdate(cipher, NULL, &length, context_bytes, (int)context_count) == 1
        && EVP_DecryptUpdate(cipher, into, &length, sealed, (int)plain_count) == 1
        && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, 16, (void *)(sealed + plain_count)) == 1
        && EVP_DecryptFinal_ex(cipher, into + length, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return done;
}

/// A new RSA key pair with the public exponent 65537, or NULL. `EVP_PKEY_Q_keygen` takes variable arguments.
static inline EVP_PKEY *ccrypto_rsa_generate(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }

/// A key from what `ccrypto_rsa_private_der` wrote, or NULL for anything else.
static inline EVP_PKEY *ccrypto_rsa_from_private_der(const unsigned char *der, size_t count) {
    const unsigned char *end = der;
    EVP_PKEY *key = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &end, (long)count);
    if (key && end == der + count) return key;
    EVP_PKEY_free(key);
    return NULL;
}

/// A key from what `ccrypto_rsa_public_der` wrote, or NULL for anything else.
static inline EVP_PKEY *ccrypto_rsa_from_public_der(const unsigned char *der, size_t count) {
    const unsigned char *end = der;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &end, (long)count);
    if (key && end == der + count && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) return key;
    EVP_PKEY_free(key);
    return NULL;
}

/// The private key in DER; returns its length. `into` may be NULL to ask for the length.
static inline int ccrypto_rsa_private_der(const EVP_PKEY *key, unsigned char *into) {
    return i2d_PrivateKey(key, into ? &into : NULL);
}

/// The public key in DER (SubjectPublicKeyInfo); returns its length. `into` may be NULL to ask for the length.
static inline int ccrypto_rsa_public_der(const EVP_PKEY *key, unsigned char *into) {
    return i2d_PUBKEY(key, into ? &into : NULL);
}

/// The modulus ("n") or the public exponent ("e"), big end first, without leading zeros; returns its length. `into`
/// may be NULL to ask for the length.
static inline int ccrypto_rsa_number(const EVP_PKEY *key, const char *name, unsigned char *into) {
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return 0;
    int count = into ? BN_bn2bin(number, into) : BN_num_bytes(number);
    BN_free(number);
    return count;
}

/// RSASSA-PKCS1-v1_5 with SHA-256. `*into_count` holds the room of `into`, then the signature's length.
static inline int ccrypto_rsa_sign(
    EVP_PKEY *key, const void *bytes, size_t count, unsigned char *into, size_t *into_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestSign(context, into, into_count, bytes, count) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

/// Returns 1 when the signature is the key's, 0 otherwise.
static inline int ccrypto_rsa_verify(
    EVP_PKEY *key, const void *bytes, size_t count, const unsigned char *signature, size_t signature_count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int done = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestVerify(context, signature, signature_count, bytes, count) == 1;
    EVP_MD_CTX_free(context);
    return done;
}
