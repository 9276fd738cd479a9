#pragma once
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
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
