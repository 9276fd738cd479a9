import Glibc
import Support
import Testing

@testable import HandlersPython

/// Whether this machine lets `bwrap` make namespaces. Found out without our own code.
private let hasNamespaces: Bool =
    system("bwrap --unshare-user --unshare-pid --ro-bind / / --proc /proc true >/dev/null 2>&1") == 0

@Suite(.enabled(if: hasNamespaces, "bwrap cannot make namespaces on this machine"))
struct `The sandbox` {
    private func pool() async throws -> WorkerPool { try await TestWorker.pool(kind: .bubblewrap) }

    @Test func `a handler sees neither the project nor the server's environment nor its processes`() async throws {
        let pool = try await pool()
        setenv("SYMFLOW_TEST_SECRET", "hunter2", 1)
        let source = Implementation.sample(
            """
            import os
            ours = "bin dev etc lib lib32 lib64 sbin tmp usr".split()
            def f(path):
              def opens(path):
                try: return open(path).read() != ""
                except OSError: return False
              def writes(path):
                try: open(path, "w").write("x"); return True
                except OSError: return False
              return [opens(path), opens("/etc/passwd"), opens("/proc/1/environ"), writes("/usr/x"), writes("/x"),
                      writes("/tmp/x"), set(os.environ) <= {"HOME", "LANG", "LC_CTYPE", "PATH", "PWD", "TMPDIR"},
                      os.getpid() < 20, os.getuid(), sorted(set(os.listdir("/")) - set(ours))]
            """
        )
        let seen = try await pool.call("f", ["path": .string(#filePath)], of: source)
        #expect(seen == [false, false, false, false, false, true, true, true, 65534, []], "\(seen)")
        let other = try await pool.call(
            "f", of: .sample("import os\ndef f(): return os.path.exists('/tmp/x')", flow: "other"))
        #expect(other == false)
        await pool.stop()
    }

    @Test func `a fork bomb ends with its handler`() async throws {
        let pool = try await pool()
        let source = """
            import os, time
            def f():
              while True:
                try:
                  if os.fork() == 0:
                    os.setsid()
                    while True: time.sleep(60)
                except OSError: time.sleep(60)
            """
        await #expect(throws: WorkerError.timedOut(after: .seconds(2))) {
            try await pool.call("f", of: .sample(source), within: .seconds(2))
        }
        #expect(try await pool.call("f", of: .sample("def f(): return 1")) == 1)
        await pool.stop()
    }

    @Test(arguments: [
        ("import os\ndef f(): os._exit(3)", "exit status 3"), ("import os\ndef f(): os.abort()", "SIGABRT"),
    ])
    func `how a process ended is seen from outside`(source: String, said: String) async throws {
        let pool = try await pool()
        do {
            _ = try await pool.call("f", of: .sample(source))
            Issue.record("it answered")
        } catch { #expect(error.report.contains(said), "\(error.report)") }
        await pool.stop()
    }
}

@Suite struct `A sandbox that cannot be` {
    private func refusal(path: String) async throws -> WorkerError? {
        do {
            _ = try await Sandbox(python: "/usr/bin/python3", folder: TestWorker.folder, path: path)
                .command(.bubblewrap, log: .silent)
            return nil
        } catch { return error }
    }

    @Test func `is refused with what bwrap says, and nothing runs without it`() async throws {
        let folder = try TestWorker.newFolder()
        try TestWorker.write(
            "#!/bin/sh\necho 'No permissions to create new namespace' >&2\nexit 1\n", to: folder + "/bwrap")
        chmod(folder + "/bwrap", 0o755)
        guard case .cannotStart(let reason) = try await refusal(path: folder) else {
            Issue.record("it is not refused")
            return
        }
        #expect(reason.contains("No permissions to create new namespace"))
    }

    @Test func `without bubblewrap the refusal says what to install`() async throws {
        let folder = try TestWorker.newFolder()
        #expect(try await refusal(path: folder) == .cannotStart("there is no bwrap; install bubblewrap"))
    }
}
