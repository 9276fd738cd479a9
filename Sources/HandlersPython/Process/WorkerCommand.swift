/// How a worker is started: the program, and all that it is given.
package struct WorkerCommand: Hashable, Sendable {
    /// An absolute path.
    package var program: String
    package var arguments: [String]
    /// The whole environment: nothing of ours goes along.
    package var environment: [String: String]
    package var directory: String

    package init(program: String, arguments: [String], environment: [String: String], directory: String) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }
}
