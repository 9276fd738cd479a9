import FoundationEssentials
import Glibc

/// Which processes of this machine listen on a port: all that share the socket, such as a server's workers.
enum Listeners {
    static func pids(of port: Int) -> [pid_t] {
        let sockets = Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap { inodes(port, $0) }.map { "socket:[\($0)]" })
        guard !sockets.isEmpty else { return [] }
        return names(in: "/proc").compactMap(pid_t.init).filter { pid in
            names(in: "/proc/\(pid)/fd").contains { descriptor in
                let path = "/proc/\(pid)/fd/\(descriptor)"
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
                return target.map(sockets.contains) ?? false
            }
        }
    }

    private static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    /// Columns: number, local address and port, remote ones, state, …; the tenth is the inode.
    private static func inodes(_ port: Int, _ table: String) -> [Substring] {
        let listening = "0A"
        return (ProcessFile.read(table) ?? "").split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count > 9, columns[3] == listening,
                let digits = columns[1].split(separator: ":").last, Int(digits, radix: 16) == port
            else { return nil }
            return columns[9]
        }
    }
}
