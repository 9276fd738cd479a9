import CPosix
import Glibc
import Support

/// The interpreter that handlers run in, and where its files are.
struct PythonInstallation: Hashable, Sendable {
    /// The interpreter itself, an absolute path. In a virtual environment the one that belongs to it.
    var executable: String
    /// Folders that it needs, outermost only.
    var folders: [String]

    private static let question = """
        import json, os, site, sys
        folders = [sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.path.realpath(sys.executable))]
        folders += [path for path in sys.path if os.path.isdir(path)]
        print(json.dumps({"executable": sys.executable, "folders": [os.path.abspath(path) for path in folders]}))
        """

    /// Asks the interpreter.
    ///
    /// - Parameter python: a path, or a name that `PATH` knows.
    /// - Throws: `.cannotStart`.
    static func look(
        for python: String, path: String, with spawner: Spawner
    ) async throws(WorkerError) -> PythonInstallation {
        guard let program = find(python, in: path) else {
            throw .cannotStart("there is no \(python); install python3, or name an interpreter in SYM_PYTHON")
        }
        let child = ChildProcess(
            try await spawner.spawn(
                WorkerCommand(
                    program: program, arguments: ["-I", "-c", question],
                    environment: ["PATH": path, "LANG": "C.UTF-8"], directory: "/"
                )
            )
        )
        let said = await OutputReader().output(of: child)
        guard let answer = try? JSONValue(parsing: said.trimmed), let executable = answer["executable"]?.text,
            executable.hasPrefix("/"), let folders = answer["folders"]?.elements?.compactMap(\.text)
        else {
            throw .cannotStart("\(program) is no Python that works: it says \"\(said.trimmed.suffix(300))\"")
        }
        return PythonInstallation(executable: executable, folders: outermost(folders))
    }

    static func find(_ program: String, in path: String) -> String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        return path.split(separator: ":").map { $0 + "/" + program }.first { access($0, X_OK) == 0 }
    }

    /// Without folders that others contain.
    static func outermost(_ folders: [String]) -> [String] {
        let folders = Set(folders.filter { $0.hasPrefix("/") && $0 != "/" })
        return folders.filter { folder in !folders.contains { folder.hasPrefix($0 + "/") } }.sorted()
    }
}

/// Reads what a child says until it ends, on a queue of its own.
private actor OutputReader {
    private let executor = SerialQueueExecutor(label: "python output")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private static let time: Duration = .seconds(15)
    private static let bytesMax = 64 * 1024
    private static let lookMilliseconds: Int32 = 100

    func output(of child: consuming ChildProcess) -> String {
        let deadline = MonotonicInstant.now() + Self.time
        var bytes: [UInt8] = []
        while MonotonicInstant.now() < deadline, bytes.count < Self.bytesMax {
            guard cposix_poll(-1, 0, child.output, Self.lookMilliseconds) > 0 else { continue }
            var count = 0
            bytes += [UInt8](unsafeUninitializedCapacity: Self.bytesMax) { buffer, filled in
                count = cposix_read_some(child.output, buffer.baseAddress, buffer.count)
                filled = max(count, 0)
            }
            if count == 0 || count == -1 { break }
        }
        _ = child.end()
        return String(decoding: bytes, as: UTF8.self)
    }
}
