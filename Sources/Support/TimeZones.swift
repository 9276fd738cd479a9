import CPosix
import Synchronization

/// The time zones of the machine's tzdata, read when first asked for and kept.
///
/// libc's own conversion works on one zone per process, which is why it is not used.
package final class TimeZones: Sendable {
    private let directory: String
    private let known = Mutex<[String: TimeZoneRules?]>([:])

    /// Where Debian's package tzdata puts them.
    package static let systemDirectory = "/usr/share/zoneinfo"
    /// The largest file of tzdata has a tenth of this.
    private static let fileBytesMax = 64 * 1024
    private static let nameBytesMax = 64
    /// Names come from checked configuration; still, what is kept has an end.
    private static let knownMax = 1000

    package init(directory: String = TimeZones.systemDirectory) { self.directory = directory }

    /// The rules of a zone by its IANA name, `Europe/Berlin`; `nil` when tzdata has none of this name.
    package func rules(_ zone: String) -> TimeZoneRules? {
        if let known = known.withLock({ $0[zone] }) { return known }
        let rules = Self.isName(zone) ? read(zone).flatMap(TimeZoneRules.init(compiled:)) : nil
        known.withLock { if $0.count < Self.knownMax { $0[zone] = .some(rules) } }
        return rules
    }

    /// Seconds that clocks in a zone are ahead of UTC; `nil` when the zone is not known.
    package func offsetSeconds(at time: Timestamp, in zone: String) -> Int? { rules(zone)?.offsetSeconds(at: time) }

    /// Whether a text has the shape of a zone's name: nothing that could lead out of the folder.
    private static func isName(_ name: String) -> Bool {
        guard (1...nameBytesMax).contains(name.utf8.count) else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            part.utf8.first.map { isLetterOrDigit($0) } ?? false
                && part.utf8.allSatisfy { isLetterOrDigit($0) || "_+-".utf8.contains($0) }
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    private func read(_ zone: String) -> [UInt8]? {
        var count = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.fileBytesMax) { buffer, filled in
            count = cposix_read_file(directory + "/" + zone, buffer.baseAddress, buffer.count)
            filled = max(0, count)
        }
        return count < 0 ? nil : bytes
    }
}
