import FlowConfig
import FoundationEssentials
import Support
import Testing

/// Whatever a folder holds, loading it ends with a configuration or with problems, never with a crash.
@Suite struct `Any configuration` {
    private func sources() throws -> [ConfigFile] {
        let folders = ["config/demo", "Fixtures/flows/good", "Fixtures/flows/bad"]
        return try folders.flatMap { folder in
            let url = Fixtures.root.appending(path: folder)
            return try Fixtures.names(url).map {
                ConfigFile(path: "\($0).json", bytes: try Fixtures.bytes(url.appending(path: "\($0).json")))
            }
        }
    }

    private func expectAnAnswer(_ files: [ConfigFile], python: Bool) {
        let result = Fixtures.loader(python: python, files: ["impl.py": "x = 1"]).load(files)
        switch result.configuration {
        case .success: #expect(result.problems.isEmpty)
        case .failure(let error): #expect(error.problems.isEmpty == false)
        }
    }

    @Test func `with wrong bytes`() throws {
        var generator = Generator(state: 1)
        for file in try sources() {
            for round in 0..<20 {
                var file = file
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: file.bytes.indices, using: &generator)
                    file.bytes[place] = UInt8.random(in: 0...255, using: &generator)
                }
                expectAnAnswer([try Fixtures.base(), file], python: round.isMultiple(of: 2))
            }
        }
    }

    @Test func `with wrong values in right places`() throws {
        var generator = Generator(state: 2)
        for file in try sources() {
            guard let value = try? JSONValue(parsing: file.bytes, allowing: [.comments, .trailingCommas]) else {
                continue
            }
            for round in 0..<60 {
                var changed = value
                for _ in 0..<Int.random(in: 1...3, using: &generator) { changed = mutated(changed, &generator) }
                let file = ConfigFile(path: file.path, bytes: changed.bytes)
                expectAnAnswer([try Fixtures.base(), file], python: round.isMultiple(of: 2))
            }
        }
    }

    private static let oddValues: [JSONValue] = [
        nil, true, "", "x", 0, -1, .int(.max), .int(.min), .double(1.5), [], [:], [[]], ["", ""], "true", "1h",
        "\u{0}\u{202e}", "impl.py", "U0ANN", "#x", "duration", "target_id", "T0ACME/U0ANN", "9999999999999999999w",
    ]

    /// The value with one node, somewhere in it, replaced, doubled or left out.
    private func mutated(_ value: JSONValue, _ generator: inout Generator) -> JSONValue {
        let isHere = Int.random(in: 0..<6, using: &generator) == 0
        switch value {
        case .object(var object) where !object.isEmpty && !isHere:
            let name = object.names.randomElement(using: &generator)!
            object[name] =
                Int.random(in: 0..<8, using: &generator) == 0 ? nil : mutated(object[name] ?? nil, &generator)
            return .object(object)
        case .array(var elements) where !elements.isEmpty && !isHere:
            let place = Int.random(in: elements.indices, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: elements.remove(at: place)
            case 1: elements.append(elements[place])
            default: elements[place] = mutated(elements[place], &generator)
            }
            return .array(elements)
        default: return Self.oddValues.randomElement(using: &generator)!
        }
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }
}
