import Diffusion
import Platform

extension AnswerSettings {
  /// Evaluations of the UNet that an answer takes, counted per picture: those of the sampler's steps
  /// times the branches of the guidance that count.
  ///
  /// - Throws: ``ReportableError`` (`usage`) for unknown names.
  public func passCount() throws -> Int {
    try SamplerMethod(name: sampler).evaluationCount(stepCount: steps)
      * guidanceFormula().passCount
  }
}
