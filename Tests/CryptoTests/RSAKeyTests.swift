import Crypto
import Support
import Testing

@Suite struct `RSA keys` {
    /// RFC 7515, appendix A.2.
    @Test func `verify the signature of the standard, and no other`() throws {
        let modulus = try #require(
            Base64URL.bytes(
                "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SF"
                    + "d2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQ"
                    + "OS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia"
                    + "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
            )
        )
        let signature = try #require(
            Base64URL.bytes(
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb"
                    + "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
                    + "eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98"
                    + "rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
            )
        )
        let message = Array(
            ("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
                + "Ijp0cnVlfQ").utf8
        )
        let start = try #require(
            Hex.bytes("30820122300d06092a864886f70d01010105000382010f003082010a0282010100")
        )
        let key = try #require(RSAKey(publicDER: start + modulus + [2, 3, 1, 0, 1]))
        #expect(key.modulus == modulus && key.exponent == [1, 0, 1])
        #expect(key.isValid(signature, of: message))
        #expect(!key.isValid(signature, of: message + [0]))
        #expect(!key.isValid(Array(signature.dropLast()), of: message))
        #expect(!key.isValid([], of: message))
    }

    @Test func `survive being written and read, and are told apart`() throws {
        let key = RSAKey.generate()
        let other = RSAKey.generate()
        let message = Array("who may do what".utf8)
        let signature = try #require(RSAKey(privateDER: key.privateDER)).signature(of: message)
        #expect(try #require(RSAKey(publicDER: key.publicDER)).isValid(signature, of: message))
        #expect(!other.isValid(signature, of: message))
        #expect(key.modulus.count == RSAKey.bits / 8 && key.exponent == [1, 0, 1])
        #expect(RSAKey(privateDER: key.publicDER) == nil)
        #expect(RSAKey(publicDER: key.privateDER) == nil)
        #expect(RSAKey(privateDER: key.privateDER + [0]) == nil)
        #expect(RSAKey(publicDER: []) == nil)
    }
}
