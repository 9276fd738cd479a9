import Support
import Testing

@Suite struct `Writing JSON` {
    @Test func `compact text keeps the order of members`() throws {
        let text = "{\"b\":[1,-2,0.5,null,true],\"a\":{\"c\":\"d\"},\"e\":{},\"f\":[]}"
        #expect(try JSONValue(parsing: text).compact == text)
    }

    @Test func `canonical text sorts members by UTF-16 units, at every depth`() throws {
        // RFC 8785, section 3.2.3.
        let value: JSONValue = [
            "\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": ["b": 1, "a": 2],
        ]
        #expect(
            value.canonical
                == "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":{\"a\":2,\"b\":1},\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        )
    }

    @Test func `strings escape what must be escaped and nothing else`() {
        let value = JSONValue.string("\u{0}\u{1}\u{1f}\u{8}\u{9}\u{a}\u{c}\u{d}\"\\/é\u{2028}\u{7f}😀")
        #expect(value.compact == "\"\\u0000\\u0001\\u001f\\b\\t\\n\\f\\r\\\"\\\\/é\u{2028}\u{7f}😀\"")
    }

    @Test(arguments: [
        "[]", "{\"a\":[1,{\"b\":\"\\u0000\"}]}", "[0.1,1e+300,-5e-324,9223372036854775807]", "\"\\ud83d\\ude00\\\\\"",
        "[[],{},\"\"]",
    ])
    func `what is written reads back as the same value`(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(parsing: value.compact) == value)
        #expect(try JSONValue(parsing: value.pretty) == value)
        #expect(try JSONValue(parsing: value.bytes) == value)
    }

    @Test func `pretty text is for people and ends with a line end`() {
        let value: JSONValue = ["b": [1, [:]], "a": "x"]
        #expect(value.pretty == "{\n  \"a\": \"x\",\n  \"b\": [\n    1,\n    {}\n  ]\n}\n")
    }
}

@Suite struct `Looking into JSON` {
    private let value: JSONValue = ["text": "t", "flag": true, "number": 7, "list": [1, "two"], "none": nil]

    @Test func `members and elements are found where they are`() {
        #expect(value["text"]?.text == "t")
        #expect(value["flag"]?.flag == true)
        #expect(value["number"]?.integer == 7)
        #expect(value["list"]?[1]?.text == "two")
        #expect(value["none"]?.isNull == true)
        #expect(value.object?.names == ["text", "flag", "number", "list", "none"])
    }

    @Test func `nothing is found where nothing is, or something else`() {
        #expect(value["absent"] == nil)
        #expect(value["text"]?.integer == nil)
        #expect(value["number"]?.text == nil)
        #expect(value["list"]?[2] == nil)
        #expect(value["list"]?[-1] == nil)
        #expect(value["text"]?["x"] == nil)
        #expect(value[0] == nil)
        #expect(JSONValue.double(1).integer == nil)
    }

    @Test func `objects are equal whatever their order, arrays are not`() {
        let one: JSONValue = ["a": 1, "b": 2]
        let other: JSONValue = ["b": 2, "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1])
        #expect(JSONValue.array([1, 2]) != [2, 1])
    }

    @Test func `setting a member keeps its place, nil removes it`() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        #expect(JSONValue.object(object).compact == "{\"a\":3,\"c\":4}")
        #expect(object.count == 2)
    }

    @Test(
        arguments: [
            (.null, "null"), (true, "a boolean"), (1, "a number"), (.double(0.5), "a number"), ("s", "a string"),
            ([], "an array"),
            ([:], "an object"),
        ] as [(JSONValue, String)])
    func `kinds have the names of JSON`(value: JSONValue, kind: String) { #expect(value.kind == kind) }
}
