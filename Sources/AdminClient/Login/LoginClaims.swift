import Crypto
import Support

/// What a token of `symflow login` says, after its signature and its claims were checked (sym-api.md 2.3, step 5).
struct LoginClaims: Sendable {
    let email: String

    struct Rules {
        var issuer: String
        var audience: String
        var clientID: String
        var now: Timestamp
    }

    private static let prefix = "https://api.symops.com/"
    /// Two clocks are never quite the same.
    private static let skewSeconds: Int64 = 60

    /// - Parameter keys: the login server's JSON Web Key Set.
    /// - Throws: says which rule the token breaks; the token itself is not repeated.
    init(of token: String, keys: JSONValue, _ rules: Rules) throws(ClientError) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Base64URL.bytes(parts[2])
        else { throw Self.bad("is no JSON Web Token") }
        guard header["alg"]?.text == "RS256" else { throw Self.bad("is not signed with RS256") }
        guard let key = Self.key(header["kid"]?.text, in: keys) else {
            throw Self.bad("names a key that it does not publish")
        }
        guard key.isValid(signature, of: Array((parts[0] + "." + parts[1]).utf8)) else {
            throw Self.bad("has a signature that does not hold")
        }
        guard claims["iss"]?.text == rules.issuer else { throw Self.bad("was issued by somebody else") }
        let audiences = claims["aud"]?.elements?.compactMap(\.text) ?? [claims["aud"]?.text].compactMap { $0 }
        guard audiences.contains(rules.audience) else { throw Self.bad("is meant for somebody else") }
        guard claims["azp"]?.text == rules.clientID else { throw Self.bad("was made for another client") }
        guard let expires = claims["exp"]?.integer, expires > rules.now.seconds - Self.skewSeconds,
            let issued = claims["iat"]?.integer, issued <= rules.now.seconds + Self.skewSeconds
        else { throw Self.bad("is not valid now; is the clock of this machine right?") }
        let required = ["sub"] + ["connection_strategy", "connection_name", "email", "name"].map { Self.prefix + $0 }
        for name in required where claims[name]?.text == nil { throw Self.bad("lacks \(name)") }
        email = claims[Self.prefix + "email"]?.text ?? ""
    }

    private static func bad(_ what: String) -> ClientError {
        .failed(
            "The login server's token \(what).", hint: "Nobody was logged in. Is SYM_AUTH_URL (or --auth-url) right?")
    }

    private static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = Base64URL.bytes(part), let value = try? JSONValue(parsing: bytes), value.object != nil else {
            return nil
        }
        return value
    }

    private static func key(_ id: String?, in keys: JSONValue) -> RSAKey? {
        guard let id, let found = keys["keys"]?.elements?.first(where: { $0["kid"]?.text == id }),
            found["kty"]?.text == "RSA", let modulus = found["n"]?.text.flatMap({ Base64URL.bytes($0) }),
            let exponent = found["e"]?.text.flatMap({ Base64URL.bytes($0) }), modulus.count >= modulusBytesMin
        else { return nil }
        return RSAKey(publicDER: DER.publicKey(modulus: modulus, exponent: exponent))
    }

    /// RFC 7518, section 3.3: a key of 2,048 bits or larger.
    private static let modulusBytesMin = 256
}

/// Just enough of the encoding rules of ASN.1 to say what an RSA key is.
enum DER {
    /// SubjectPublicKeyInfo (RFC 8017, appendix A.1; RFC 3279, section 2.3.1).
    static func publicKey(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        let rsaEncryption: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00]
        let key = item(0x30, integer(modulus) + integer(exponent))
        return item(0x30, item(0x30, rsaEncryption) + item(0x03, [0] + key))
    }

    private static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let significant = Array(bytes.drop { $0 == 0 })
        // A set highest bit would mean a negative number.
        return item(0x02, (significant.first ?? 0x80) >= 0x80 ? [0] + significant : significant)
    }

    private static func item(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        if count < 0x80 { return [tag, UInt8(count)] + content }
        if count < 0x100 { return [tag, 0x81, UInt8(count)] + content }
        return [tag, 0x82, UInt8(count >> 8 & 0xff), UInt8(count & 0xff)] + content
    }
}
