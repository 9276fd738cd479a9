import Glibc
package import Support

/// How workers are started, and what stands between them and the machine (decisions.md 13).
///
/// With bubblewrap a worker has a process namespace of its own, whose end takes every descendant along, a file system
/// that holds the system's programs, Python and the SDK, all read-only, and an empty `/tmp`. It shares the network,
/// because flows call APIs. It is no protection from faults of the kernel, and none from what can be reached over the
/// network.
package struct Sandbox: Sendable {
    package enum Kind: Hashable, Sendable { case bubblewrap, none }

    /// The interpreter: a path, or a name that `PATH` knows (`SYM_PYTHON`).
    private let python: String
    /// The folder of `symflow_worker_main.py` and the SDK.
    private let folder: String
    private let path: String

    package static let pythonDefault = "python3"
    private static let main = "symflow_worker_main.py"
    /// Who user code is in the sandbox: nobody.
    private static let nobody = "65534"
    /// `/tmp` of a worker.
    private static let temporaryBytes = 64 << 20
    /// What is shown of `/etc`: names, certificates and the time zone.
    private static let systemFiles = [
        "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf",
        "/etc/host.conf", "/etc/localtime", "/etc/ld.so.cache", "/etc/alternatives", "/etc/mime.types",
    ]

    package init(
        python: String = Sandbox.pythonDefault, folder: String, path: String = "/usr/local/bin:/usr/bin:/bin"
    ) {
        self.python = python
        self.folder = folder
        self.path = path
    }

    /// Finds a way to start workers, and tries it.
    ///
    /// - Throws: `.cannotStart` with what stands in the way.
    package func command(_ kind: Kind, log: Log) async throws(WorkerError) -> WorkerCommand {
        let spawner = Spawner()
        let installation = try await PythonInstallation.look(for: python, path: path, with: spawner)
        let candidates: [WorkerCommand]
        switch kind {
        case .none: candidates = [bare(installation)]
        case .bubblewrap:
            guard let bubblewrap = PythonInstallation.find("bwrap", in: path) else {
                throw .cannotStart("there is no bwrap; install bubblewrap")
            }
            let plain = isolated(installation, bubblewrap)
            candidates = [asNobody(plain), plain].compactMap { $0 }
        }
        var failure = WorkerError.cannotStart("")
        for (index, candidate) in candidates.enumerated() {
            do throws(WorkerError) {
                let worker = WorkerProcess()
                let hello = try await worker.start(candidate, with: spawner)
                await worker.end()
                log.info(
                    "Python handlers",
                    [
                        "python": hello["python"]?.text ?? "", "pydantic": hello["pydantic"]?.text ?? "",
                        "sandbox": kind == .none ? "none" : "bubblewrap",
                    ]
                )
                if index > 0 {
                    log.warning(
                        "handlers run as root inside their sandbox: how many processes they start is not limited")
                }
                return candidate
            } catch { failure = error }
        }
        throw failure
    }

    private func arguments(_ installation: PythonInstallation) -> [String] {
        // Without -S, so that a virtual environment works; -B, for there is nowhere to write.
        [installation.executable, "-I", "-B", folder + "/" + Self.main]
    }

    /// All that user code finds in its environment.
    private static let environment = [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8",
    ]

    private func bare(_ installation: PythonInstallation) -> WorkerCommand {
        let arguments = arguments(installation)
        return WorkerCommand(
            program: arguments[0], arguments: Array(arguments.dropFirst()), environment: Self.environment,
            directory: "/tmp"
        )
    }

    private func isolated(_ installation: PythonInstallation, _ bubblewrap: String) -> WorkerCommand {
        var arguments = [
            "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--uid", Self.nobody, "--gid", Self.nobody, "--cap-drop", "ALL", "--die-with-parent", "--new-session",
            "--size", "\(Self.temporaryBytes)", "--tmpfs", "/tmp", "--dev", "/dev", "--ro-bind", "/usr", "/usr",
        ]
        for name in ["bin", "sbin", "lib", "lib32", "lib64"] {
            if Self.isLink("/" + name) {
                arguments += ["--symlink", "usr/" + name, "/" + name]
            } else {
                arguments += ["--ro-bind-try", "/" + name, "/" + name]
            }
        }
        for file in Self.systemFiles { arguments += ["--ro-bind-try", file, file] }
        for folder in PythonInstallation.outermost(installation.folders + [self.folder, "/usr"]) where folder != "/usr"
        {
            arguments += ["--ro-bind", folder, folder]
        }
        arguments += ["--remount-ro", "/", "--chdir", "/tmp", "--"]
        return WorkerCommand(
            program: bubblewrap, arguments: arguments + self.arguments(installation), environment: Self.environment,
            directory: "/"
        )
    }

    /// Root's processes are not counted by the system, and a fork bomb of root's would have no limit: as root, the
    /// sandbox is entered as somebody else, where the files that it needs may be read by everybody.
    private func asNobody(_ command: WorkerCommand) -> WorkerCommand? {
        guard geteuid() == 0, let setpriv = PythonInstallation.find("setpriv", in: path) else { return nil }
        var command = command
        command.arguments =
            ["--reuid", Self.nobody, "--regid", Self.nobody, "--clear-groups", "--", command.program]
            + command.arguments
        command.program = setpriv
        return command
    }

    private static func isLink(_ path: String) -> Bool {
        var facts = stat()
        return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFLNK
    }
}
