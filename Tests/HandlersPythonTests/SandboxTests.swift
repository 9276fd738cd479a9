import Glibc
import Support
import Testing

@testable import HandlersPython

@Suite struct `The sandbox` {
    /// `nil` where the platform allows no namespaces; then the refusal must say so.
    private func pool() async throws -> WorkerPool? {
        do { return try await TestWorker.pool(kind: .bubblewrap) } catch let error as WorkerError {
            guard case .cannotStart(let reason) = error else { throw error }
            #expect(!reason.isEmpty)
            return nil
        }
    }

    @Test func `a handler sees neither the project nor the server's environment nor its processes`() async throws {
        guard let pool = try await pool() else { return }
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
        guard let pool = try await pool() else { return }
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
        guard let pool = try await pool() else { return }
        do {
            _ = try await pool.call("f", of: .sample(source))
            Issue.record("it answered")
        } catch { #expect(error.report.contains(said), "\(error.report)") }
        await pool.stop()
    }
}
