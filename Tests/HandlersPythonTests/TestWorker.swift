import Glibc
import Support

@testable import HandlersPython

/// A worker that speaks the protocol and nothing else: it runs functions of the source with their arguments as they
/// come. What the host does with a worker that misbehaves must not depend on how well the real one behaves.
enum TestWorker {
    /// The folder of `symflow_worker_main.py`.
    static let folder: String = {
        do {
            let folder = try newFolder()
            chmod(folder, 0o755)
            try write(program, to: folder + "/symflow_worker_main.py")
            return folder
        } catch { preconditionFailure("\(error)") }
    }()

    struct NoFile: Error { var path: String }

    static func newFolder() throws -> String {
        var template = Array("/tmp/symflow-test-worker-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw NoFile(path: "/tmp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw NoFile(path: path) }
        fputs(text, file)
        fclose(file)
    }

    /// Found out once for all tests.
    private static let commands = Commands()

    private actor Commands {
        private var found: [Sandbox.Kind: Task<WorkerCommand, any Error>] = [:]

        func command(_ kind: Sandbox.Kind) async throws -> WorkerCommand {
            let task =
                found[kind]
                ?? Task { try await Sandbox(python: "/usr/bin/python3", folder: folder).command(kind, log: .silent) }
            found[kind] = task
            return try await task.value
        }
    }

    static func command(_ kind: Sandbox.Kind = .none) async throws -> WorkerCommand {
        try await commands.command(kind)
    }

    static func pool(_ settings: PoolSettings = PoolSettings(), kind: Sandbox.Kind = .none) async throws -> WorkerPool {
        let command = try await command(kind)
        return WorkerPool(settings: settings, log: .silent) { command }
    }

    private static let program = #"""
        import json, os, resource, socket, struct, sys, traceback
        link = socket.socket(fileno=3)

        def send(message):
            body = json.dumps(message).encode()
            link.sendall(struct.pack(">I", len(body)) + body)

        def exactly(count):
            data = b""
            while len(data) < count:
                more = link.recv(count - len(data))
                if not more:
                    sys.exit(0)
                data += more
            return data

        def receive():
            return json.loads(exactly(struct.unpack(">I", exactly(4))[0]))

        requests = 0

        def request(name, **arguments):
            global requests
            requests += 1
            send({"type": "request", "id": requests, "name": name, "arguments": arguments})
            answer = receive()
            if answer["type"] == "error":
                raise RuntimeError(answer["error"]["code"])
            return answer["value"]

        class Printed:
            def write(self, text):
                if text.strip():
                    send({"type": "print", "stream": "stdout", "text": text})
            def flush(self):
                pass

        send({"type": "hello", "protocol": 1, "pid": os.getpid(), "python": "3", "pydantic": None,
              "isolation": "none", "problem": None})
        sys.stdout = Printed()
        space = {"request": request, "link": link, "send": send}
        while True:
            message = receive()
            try:
                if message["type"] == "load":
                    limits = message["limits"]
                    resource.setrlimit(resource.RLIMIT_AS, (limits["address_space_bytes"],) * 2)
                    resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"],) * 2)
                    exec(message["source"], space)
                    names = [name for name, value in space.items() if callable(value)]
                    send({"type": "loaded", "id": message["id"], "handlers": [
                        {"name": name, "decorator": "hook", "field": None, "function": name, "line": 1,
                         "parameters": []} for name in names]})
                else:
                    value = space[message["handler"]](**message["arguments"])
                    send({"type": "result", "id": message["id"], "value": value})
            except BaseException as error:
                send({"type": "failed", "id": message["id"], "error": {
                    "kind": "memory" if isinstance(error, MemoryError) else "exception", "message": str(error),
                    "exception": type(error).__name__, "code": None,
                    "traceback": [{"file": "impl.py", "line": 7, "function": message.get("handler", "<module>")}]}})
        """#
}

extension Implementation {
    static func sample(_ source: String, flow: String = "prod_db") -> Implementation {
        Implementation(flow: flow, source: source)
    }
}

extension WorkerPool {
    /// Calls a function of `source` once.
    func call(
        _ function: String, _ arguments: JSONObject = [:], of implementation: Implementation,
        within limit: Duration = .seconds(60), waiting: Duration = .seconds(60),
        company: WorkerProcess.Company = .silent
    ) async throws(WorkerError) -> JSONValue {
        try await withWorker(
            for: implementation, waitingUntil: .now() + waiting, loadTime: .seconds(60), company: company
        ) { worker throws(WorkerError) in
            try await worker.call(
                function, arguments, run: "run", idempotencyKey: "key", within: limit, company: company
            )
        }
    }
}

extension WorkerProcess.Company {
    static let silent = WorkerProcess.Company(
        serve: { name, _ in .error(code: "SymSDK:UNKNOWN", message: name) }, print: { _, _ in }
    )
}
