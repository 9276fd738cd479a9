import Crypto
import Support
import Testing

@Suite struct `Keys and sealed values` {
    private let key = MasterKey(bytes: [UInt8](0..<32))!

    @Test(arguments: [0, 16, 31, 33, 64]) func `a master key has 32 bytes and no other number`(count: Int) {
        #expect(MasterKey(bytes: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test func `random master keys differ`() {
        #expect(MasterKey.random().reveal { $0 } != MasterKey.random().reveal { $0 })
    }

    @Test func `keys derive by HKDF of RFC 5869 without salt`() {
        #expect(
            Hex.text(key.derived(for: "audit head", byteCount: 42))
                == "31b9722b97b83f139b6755cbcf97030079908e121d2e84e68a7b1517c1edcb2812eb2fdcac4c606d3005"
        )
    }

    @Test func `keys for different purposes and of different masters have nothing in common`() {
        let other = MasterKey(bytes: [UInt8](1..<33))!
        #expect(key.derived(for: "a") == key.derived(for: "a"))
        #expect(key.derived(for: "a") != key.derived(for: "b"))
        #expect(key.derived(for: "a") != other.derived(for: "a"))
    }

    @Test(arguments: [0, 1, 15, 16, 17, 5000]) func `what is sealed opens again`(count: Int) {
        let box = SealedBox(masterKey: key, purpose: "outbox")
        let plain = [UInt8](repeating: 7, count: count)
        let sealed = box.seal(plain, context: "row 1")
        #expect(box.open(sealed, context: "row 1") == plain)
        #expect(sealed.count == count + 28)
    }

    @Test func `the same value never seals the same twice`() {
        let box = SealedBox(masterKey: key, purpose: "outbox")
        #expect(box.seal([1, 2, 3], context: "") != box.seal([1, 2, 3], context: ""))
    }

    @Test func `nothing opens in another context, for another purpose, or under another key`() {
        let sealed = SealedBox(masterKey: key, purpose: "outbox").seal([1, 2, 3], context: "row 1")
        #expect(SealedBox(masterKey: key, purpose: "outbox").open(sealed, context: "row 2") == nil)
        #expect(SealedBox(masterKey: key, purpose: "tokens").open(sealed, context: "row 1") == nil)
        #expect(SealedBox(masterKey: .random(), purpose: "outbox").open(sealed, context: "row 1") == nil)
    }

    @Test func `one altered bit anywhere keeps a value closed`() {
        let box = SealedBox(masterKey: key, purpose: "outbox")
        let sealed = box.seal(Array("secret".utf8), context: "row")
        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 0x40
            #expect(box.open(altered, context: "row") == nil)
        }
        for count in 0..<sealed.count { #expect(box.open(Array(sealed.prefix(count)), context: "row") == nil) }
    }
}
