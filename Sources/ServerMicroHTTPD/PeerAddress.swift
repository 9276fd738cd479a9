import CMicroHTTPD
import Glibc
import HTTPModel
import Support

/// The address of a peer, without its port. IPv4 addresses are held as the IPv6 addresses that stand for them.
struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    let bits: UInt128

    private static let mappedPrefix: UInt128 = 0xffff << 32

    /// Reads a numeric address.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bits = Self.mappedPrefix | UInt128(UInt32(bigEndian: four.s_addr))
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bits = Self.number(six)
        } else {
            return nil
        }
    }

    /// Takes the address of a socket; `nil` where it is no Internet address.
    init?(_ address: UnsafePointer<sockaddr>?) {
        guard let address else { return nil }
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let four = raw.loadUnaligned(as: sockaddr_in.self)
            bits = Self.mappedPrefix | UInt128(UInt32(bigEndian: four.sin_addr.s_addr))
        case AF_INET6: bits = Self.number(raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    private static func number(_ address: in6_addr) -> UInt128 {
        withUnsafeBytes(of: address) { bytes in bytes.reduce(0) { $0 << 8 | UInt128($1) } }
    }

    var isIPv4: Bool { bits >> 32 == 0xffff }

    var isLoopback: Bool { isIPv4 ? bits >> 24 & 0xff == 127 : bits == 1 }

    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isIPv4 {
            var four = in_addr(s_addr: UInt32(truncatingIfNeeded: bits).bigEndian)
            _ = inet_ntop(AF_INET, &four, &text, socklen_t(text.count))
        } else {
            var six = in6_addr()
            withUnsafeMutableBytes(of: &six) { bytes in
                for index in 0..<16 { bytes[index] = UInt8(truncatingIfNeeded: bits >> UInt128(120 - 8 * index)) }
            }
            _ = inet_ntop(AF_INET6, &six, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// A numeric address, or all addresses with the same first bits: `10.0.0.0/8`.
package struct AddressRange: Hashable, Sendable {
    private let prefix: UInt128
    private let shift: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = PeerAddress(first) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        var length = width
        if parts.count == 2 {
            guard let given = HTTPGrammar.contentLength(String(parts[1])), given <= width else { return nil }
            length = given
        }
        shift = width - length
        prefix = shift == 128 ? 0 : address.bits >> UInt128(shift)
    }

    func contains(_ address: PeerAddress) -> Bool { (shift == 128 ? 0 : address.bits >> UInt128(shift)) == prefix }
}

extension [AddressRange] {
    func contain(_ address: PeerAddress) -> Bool { contains { $0.contains(address) } }

    /// Who sent a request: the peer, or, when the peer is one of these proxies, the last address in `X-Forwarded-For`
    /// that is none of them. What stands to the left of that address anyone can write.
    func client(behind peer: PeerAddress, forwarded headers: HTTPHeaders) -> PeerAddress {
        guard contain(peer) else { return peer }
        var client = peer
        let entries = headers.values(of: "X-Forwarded-For").flatMap { $0.split(separator: ",") }
        for entry in entries.reversed() {
            guard let address = PeerAddress(String(entry).trimmed) else { break }
            client = address
            if !contain(address) { break }
        }
        return client
    }
}
