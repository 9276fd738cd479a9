import Glibc
import StoreSQLite
import Support
import Synchronization

/// What the disk and bare commits can do here and now: the measure for everything else.
enum Disk {
    private static let blockBytes = 4096
    private static let rowBytes = 1024

    /// Appends of 4 KiB, each made durable by `fdatasync`, one after the other.
    static func syncs(in folder: String, for time: Duration) throws -> (perSecond: Double, latencies: Latencies) {
        let path = folder + "/syncs"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer {
            close(descriptor)
            unlink(path)
        }
        let block = [UInt8](repeating: 0x5a, count: blockBytes)
        var latencies = Latencies()
        let start = MonotonicInstant.now()
        while MonotonicInstant.now() - start < time {
            let before = MonotonicInstant.now()
            guard write(descriptor, block, block.count) == block.count, fdatasync(descriptor) == 0 else {
                throw CommandError("\(path) cannot be written: \(String(cString: strerror(errno)))")
            }
            latencies.add(MonotonicInstant.now().nanoseconds - before.nanoseconds)
        }
        let elapsed = (MonotonicInstant.now() - start) / .seconds(1)
        latencies.sort()
        return (Double(latencies.count) / elapsed, latencies)
    }

    /// Rows of 1 KB per second, each durable before its caller goes on, in commits that `callers` share.
    static func rows(in folder: String, callers: Int, for time: Duration) async throws -> Double {
        let path = folder + "/rows-\(callers).db"
        let rows = try BareRows(path: path)
        defer {
            rows.close()
            for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        }
        let content = Random.bytes(rowBytes)
        let start = MonotonicInstant.now()
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var count = 0
                    while MonotonicInstant.now() - start < time {
                        try await rows.add(name: "\(caller)/\(count)", content: content)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / ((MonotonicInstant.now() - start) / .seconds(1))
    }
}
