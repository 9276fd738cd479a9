import Glibc

enum Processes {
    /// Whether anybody is left in a process group, other than those that wait to be buried.
    static func hasMembers(group: Int64) -> Bool {
        for _ in 0..<200 {
            if kill(pid_t(-group), 0) != 0 { return false }
            usleep(10_000)
        }
        return true
    }
}
