package import FlowConfig
import Support
import Synchronization

/// Loads Python files in workers to find out what is wrong with them, before anybody makes a request: the larger half
/// of `symflow check`.
package struct SourceInspector: Sendable {
    private let command: WorkerCommand
    private let loadTime: Duration
    /// Lives as long as this value, and the workers with it.
    private let spawner = Spawner()

    /// - Parameters:
    ///   - command: a worker that is known to start.
    ///   - loadTime: how long one file may take.
    package init(command: WorkerCommand, loadTime: Duration) {
        self.command = command
        self.loadTime = loadTime
    }

    /// What was found in all files: each is loaded once, however many flows it belongs to.
    package struct Findings: Hashable, Sendable {
        /// What keeps a file from doing what it is there for.
        package var problems: [ConfigProblem] = []
        package var warnings: [ConfigProblem] = []
    }

    /// - Throws: `.cannotStart`; whatever else becomes of a worker is a finding about its file.
    package func inspect(_ sources: [PythonSource]) async throws(WorkerError) -> Findings {
        var findings = Findings()
        for outcome in await outcomes(of: Self.merged(sources)) {
            let found = try outcome.get()
            findings.problems += found.problems
            findings.warnings += found.warnings
        }
        findings.problems.sort(by: ConfigProblem.inReadingOrder)
        findings.warnings.sort(by: ConfigProblem.inReadingOrder)
        return findings
    }

    private typealias Outcome = Result<Findings, WorkerError>

    /// So many files are looked at at once.
    private static let concurrency = 4

    private func outcomes(of sources: [PythonSource]) async -> [Outcome] {
        await withTaskGroup(of: Outcome.self) { group in
            var outcomes: [Outcome] = []
            for (index, source) in sources.enumerated() {
                if index >= Self.concurrency, let outcome = await group.next() { outcomes.append(outcome) }
                group.addTask {
                    var findings = Findings()
                    do throws(WorkerError) {
                        try await inspect(source, into: &findings)
                        return .success(findings)
                    } catch { return .failure(error) }
                }
            }
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    /// One entry for each file and use. A file that several flows share may speak of the fields of each.
    private static func merged(_ sources: [PythonSource]) -> [PythonSource] {
        var merged: [PythonSource] = []
        for source in sources {
            guard let index = merged.firstIndex(where: { $0.file == source.file && $0.part == source.part }) else {
                merged.append(source)
                continue
            }
            merged[index].fields = (merged[index].fields ?? []) + (source.fields ?? [])
            merged[index].hasRules = merged[index].hasRules && source.hasRules
        }
        return merged
    }

    private func inspect(_ source: PythonSource, into findings: inout Findings) async throws(WorkerError) {
        let worker = WorkerProcess()
        try await worker.start(command, with: spawner)
        let printed = Mutex("")
        let answer: JSONObject
        do throws(WorkerError) {
            answer = try await worker.ask(
                "inspect",
                [
                    "kind": .string(source.part.workerKind), "source": .string(source.text),
                    "file_name": .string(source.file), "hash": "",
                    "limits": PoolSettings.Limits().document(cpuFor: loadTime), "environment": [:],
                    "fields": source.fields.map { .array($0.map { .string($0) }) } ?? .null,
                ], expecting: "inspected", within: loadTime,
                company: WorkerProcess.Company(
                    serve: { name, _ in
                        .error(code: "SymSDK:NOT_ASKED", message: "\(name) was called while the file was loaded.")
                    },
                    print: { _, text in printed.withLock { $0 = text } }
                )
            )
        } catch {
            await worker.end()
            // The last words often say why: a message of the interpreter, or of a C library.
            let words = printed.withLock { $0 }
            findings.problems.append(
                ConfigProblem(
                    pythonFile: source.file, line: nil, found: "a file that cannot be loaded (\(error.report))",
                    expected: "one that can be", hint: words.isEmpty ? nil : "It said: \(words)"))
            return
        }
        await worker.end()
        for problem in answer["problems"]?.elements ?? [] {
            let entry = ConfigProblem(
                pythonFile: source.file, line: problem["line"]?.integer.map { Int($0) },
                found: problem["found"]?.text ?? problem["message"]?.text ?? "",
                expected: problem["expected"]?.text ?? "", hint: problem["hint"]?.text)
            // Only rules can stand in for the reducer that says who decides.
            let isMissing = problem["code"]?.text == "missing_reducer"
            if isMissing ? !source.hasRules : problem["severity"]?.text != "warning" {
                findings.problems.append(entry)
            } else if !isMissing {
                findings.warnings.append(entry)
            }
        }
        let names = (answer["handlers"]?.elements ?? []).compactMap { $0["name"]?.text }
        if source.part == .flowsFilter, !findings.problems.contains(where: { $0.file == source.file }),
            !names.contains("get_flows")
        {
            findings.problems.append(
                ConfigProblem(
                    pythonFile: source.file, line: nil, found: "no reducer get_flows", expected: "one",
                    hint: "It takes (user, flows, flows_filter_vars) and returns some of the flows."))
        }
    }
}

extension Capabilities.PythonPart {
    /// `KIND` of the worker's protocol.
    fileprivate var workerKind: String {
        switch self {
        case .implementation, .prefetch, .flowsFilter: Implementation.Kind.implementation.rawValue
        case .strategy: Implementation.Kind.strategy.rawValue
        case .onChange: Implementation.Kind.onChange.rawValue
        }
    }
}
