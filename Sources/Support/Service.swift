/// A part of the program that works until it is cancelled. `App` runs all services in one task group.
package protocol Service: Sendable {
    /// What the log calls it.
    var name: String { get }
    /// Works until the task is cancelled; then finishes what it has begun and returns.
    func run() async throws
}
