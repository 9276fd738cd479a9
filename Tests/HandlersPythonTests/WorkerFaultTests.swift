import Support
import Synchronization
import Testing

@testable import HandlersPython

@Suite struct `A handler that fails is one failed handler` {
    private func outcome(
        of source: String, within limit: Duration = .seconds(60), function: String = "f"
    ) async throws -> (WorkerError, WorkerPool) {
        let pool = try await TestWorker.pool()
        do {
            let value = try await pool.call(function, of: .sample(source), within: limit)
            Issue.record("it answered \(value)")
            throw WorkerError.busy("")
        } catch let error as WorkerError {
            return (error, pool)
        }
    }

    @Test func `an answer comes back, and the process is used again`() async throws {
        let pool = try await TestWorker.pool()
        let source = Implementation.sample(
            "import os\nn = 0\ndef f(x):\n  global n\n  n += 1\n  return [x, n, os.getpid()]")
        let first = try await pool.call("f", ["x": "é"], of: source)
        let second = try await pool.call("f", ["x": "é"], of: source)
        #expect(first[0] == "é" && second[0] == "é")
        #expect(first[1] == 1 && second[1] == 2)
        #expect(first[2] == second[2])
        #expect(pool.count == 1)
        await pool.stop()
        #expect(pool.count == 0)
    }

    @Test func `an exception names its place, and the process is replaced`() async throws {
        let (error, pool) = try await outcome(of: "def f():\n  raise KeyError('reason')")
        #expect(error.report == "impl.py, line 7, in f: KeyError: 'reason'")
        #expect(pool.count == 0)
    }

    @Test(arguments: [
        ("import os\ndef f(): os._exit(3)", "exit status 3"),
        ("import os\ndef f(): os.kill(os.getpid(), 9)", "SIGKILL"),
        ("import ctypes\ndef f(): ctypes.string_at(0)", "SIGSEGV"),
        ("def f(): link.close()\n", "its process ended in the middle"),
    ])
    func `a process that ends says how`(source: String, said: String) async throws {
        let (error, pool) = try await outcome(of: source, within: .seconds(20))
        guard case .died(let reason) = error else {
            // Closing the connection leaves nothing to say even that on.
            Issue.record("\(error)")
            return
        }
        #expect(error.report.contains(said) || reason.contains(said), "\(error.report)")
        #expect(pool.count == 0)
    }

    @Test(arguments: [
        "import time\ndef f(): time.sleep(600)",
        "def f():\n  while True: pass",
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndef f(): time.sleep(600)",
        "import os\ndef f():\n  data = b'x' * 1048576\n  while True: os.write(1, data)",
        "def f():\n  while True: print('x' * 8000)",
    ])
    func `a handler that does not answer is ended at its deadline`(source: String) async throws {
        let (error, pool) = try await outcome(of: source, within: .seconds(1))
        #expect(error == .timedOut(after: .seconds(1)))
        #expect(error.report == "did not answer within 1 s and was ended")
        #expect(pool.count == 0)
    }

    @Test(arguments: [
        ("def f(): link.sendall(b'\\xff' * 8)", "exceeds the limit"),
        ("def f(): link.sendall(b'\\0\\0\\0\\x02{]')", "not JSON"),
        ("def f(): link.sendall(b'\\0\\0\\0\\x02[]')", "not an object"),
        ("def f(): send({'type': 'result', 'id': 999, 'value': 1})", "nobody waits for"),
        ("def f(): send({'type': 'surprise'})", "nobody waits for"),
        ("def f(): send({'type': 'request', 'id': 'x'})", "without id"),
        ("def f(): return 'x' * (1 << 20)", "exceeds the limit"),
    ])
    func `what breaks the protocol ends the process`(source: String, said: String) async throws {
        let (error, pool) = try await outcome(of: source)
        guard case .garbage(let reason) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(reason.contains(said))
        #expect(pool.count == 0)
    }

    @Test func `memory has a limit`() async throws {
        let (error, _) = try await outcome(of: "def f(): return len(bytearray(1 << 31))")
        guard case .failed(let fault) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(fault.kind == "memory")
    }

    @Test func `descendants end with the process`() async throws {
        let source = """
            import os, time
            def f():
              if os.fork() == 0:
                time.sleep(600)
                os._exit(0)
              return os.getpgid(0)
            """
        let pool = try await TestWorker.pool()
        let group = try #require(try await pool.call("f", of: .sample(source)).integer)
        await pool.stop()
        #expect(!Processes.hasMembers(group: group))
    }

    @Test func `a source that does not load says where`() async throws {
        let (error, pool) = try await outcome(of: "raise ValueError('no')")
        #expect(error.report == "impl.py, line 7, in <module>: ValueError: no")
        #expect(pool.count == 0)
    }

    @Test func `a Python that is missing is named`() async throws {
        await #expect(throws: WorkerError.self) {
            _ = try await Sandbox(python: "/nowhere/python3", folder: TestWorker.folder).command(.none, log: .silent)
        }
        do {
            _ = try await Sandbox(python: "/bin/true", folder: TestWorker.folder).command(.none, log: .silent)
        } catch { #expect(error.report.contains("/bin/true is no Python")) }
    }

    @Test func `requests of the handler are answered, errors and all, and its prints are heard`() async throws {
        let heard = Mutex<[String]>([])
        let company = WorkerProcess.Company(
            serve: { name, arguments in
                name == "slack.user"
                    ? .value(["asked": arguments["identifier"] ?? .null])
                    : .error(code: "Okta:NOT_AVAILABLE", message: "not available in this version")
            },
            print: { stream, text in heard.withLock { $0.append(stream + ": " + text) } }
        )
        let source = Implementation.sample(
            """
            import os
            def f():
              print("looking")
              os.write(2, b"past python\\n")
              try: request("okta.list_groups")
              except RuntimeError as error: said = str(error)
              return [request("slack.user", identifier="dana@acme.test"), said]
            """
        )
        let pool = try await TestWorker.pool()
        let value = try await pool.call("f", of: source, company: company)
        #expect(value == [["asked": "dana@acme.test"], "Okta:NOT_AVAILABLE"])
        #expect(heard.withLock { $0 } == ["stdout: looking", "output: past python"])
        await pool.stop()
    }

    @Test func `what is carried out for a handler counts as its time`() async throws {
        let pool = try await TestWorker.pool()
        let company = WorkerProcess.Company(
            serve: { _, _ in
                try? await Task.sleep(for: .seconds(600))
                return .value(nil)
            }, print: { _, _ in }
        )
        await #expect(throws: WorkerError.timedOut(after: .seconds(1))) {
            try await pool.call(
                "f", of: .sample("def f(): request('slack.user')"), within: .seconds(1), company: company)
        }
        #expect(pool.count == 0)
    }
}
