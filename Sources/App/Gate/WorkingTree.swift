import ApprovalCore
import FoundationEssentials
import Glibc
import Support

/// Where a command is going to run, and what is there: the folder, the machine, and the state of its git repository.
enum WorkingTree {
    /// - Throws: `CommandError` where the folder cannot be told.
    static func command(_ words: [String]) throws -> GateCommand {
        guard let path = realpath(".", nil) else { throw CommandError("The current folder cannot be told.") }
        defer { free(path) }
        let directory = String(cString: path)
        var command = GateCommand(arguments: words, directory: directory, host: host)
        if let state = try git(in: directory) {
            command.commit = state.commit
            command.changes = state.changes
        }
        return command
    }

    private static var host: String? {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return nil }
        let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.isEmpty ? nil : text
    }

    /// The commit that is checked out, and the name of the tree of all files as they are now where that is another
    /// one. `nil` outside of git.
    ///
    /// The tree is git's own hash of every file that is not ignored, made with an index and an object store on the
    /// side, so that nothing of the repository changes.
    private static func git(in directory: String) throws -> (commit: String?, changes: String?)? {
        var environment = ProcessInfo.processInfo.environment
        func git(_ words: String...) -> String? {
            ChildProgram.output(of: ["git", "-C", directory] + words, environment: environment)?.trimmed
        }
        guard let top = git("rev-parse", "--show-toplevel"),
            let index = git("rev-parse", "--path-format=absolute", "--git-path", "index"),
            let objects = git("rev-parse", "--path-format=absolute", "--git-path", "objects")
        else { return nil }
        let commit = git("rev-parse", "--verify", "--quiet", "HEAD")
        let clean = git("rev-parse", "--verify", "--quiet", "HEAD^{tree}")
        let side = FileManager.default.temporaryDirectory.appending(path: "symflow-run-\(IDGenerator.random.next())")
        try FileManager.default.createDirectory(
            at: side.appending(path: "objects"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        defer { try? FileManager.default.removeItem(at: side) }
        // A repository without an index yet has none to copy.
        try? FileManager.default.copyItem(atPath: index, toPath: side.appending(path: "index").path())
        environment["GIT_INDEX_FILE"] = side.appending(path: "index").path()
        environment["GIT_OBJECT_DIRECTORY"] = side.appending(path: "objects").path()
        environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = objects
        guard ChildProgram.output(of: ["git", "-C", top, "add", "--all"], environment: environment) != nil,
            let tree = git("write-tree"), !tree.isEmpty
        else {
            throw CommandError(
                "The state of the git repository in \(top) cannot be told: git add fails. See what git status says."
            )
        }
        return (commit, tree == clean ? nil : tree)
    }
}
