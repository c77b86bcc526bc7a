import Platform
import Testing

/// Expects `body` to throw a ``ReportableError`` whose description holds all of `parts`.
func expectReport<Value>(
  _ code: ReportableError.Code, _ parts: String...,
  sourceLocation: SourceLocation = #_sourceLocation, from body: () throws -> Value
) {
  do {
    _ = try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as ReportableError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(
        error.description.contains(part), "\"\(part)\" is missing in: \(error)",
        sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("another kind of error: \(error)", sourceLocation: sourceLocation)
  }
}
