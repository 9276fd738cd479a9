package import Support

/// Waiting, as a port: the engine has no clock of its own and starts no tasks, so that a simulation can run it.
package protocol Waiting: Sendable {
    /// Returns when `bell` rings, when `until` has come, or when the task is cancelled; at once when it rang since the
    /// last wait on it.
    func wait(for bell: Bell, until: Timestamp?) async

    /// Wakes who waits for `bell`, or will next.
    func ring(_ bell: Bell)
}

package enum Bell: Hashable, Sendable {
    case lane(Lane)
    /// One who works on this lane in this process, where all had something in hand, has finished.
    case hand(Lane)
    case deadlines
    case audit
    case roster
    /// Something about this run was committed.
    case run(String)
}
