import Models
import Platform

extension StatedSampler: Decodable {
  private enum Key: String, CodingKey {
    case className = "_class_name"
    case timestepSpacing = "timestep_spacing"
    case karras = "use_karras_sigmas"
    case exponential = "use_exponential_sigmas"
    case beta = "use_beta_sigmas"
    case lu = "use_lu_lambdas"
    case algorithm = "algorithm_type"
    case solverType = "solver_type"
    case solverOrder = "solver_order"
    case lastSigma = "final_sigmas_type"
    case timestepType = "timestep_type"
    case lowestSigma = "sigma_min"
    case highestSigma = "sigma_max"
    case clipsSample = "clip_sample"
    case usesThreshold = "thresholding"
    case predictsClean = "predict_x0"
    case uncorrectedSteps = "disable_corrector"
    case lowestLogarithm = "lambda_min_clipped"
    case varianceType = "variance_type"
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    className = try fields.decodeIfPresent(String.self, forKey: .className) ?? Self.usualClass
    let spacingName = try fields.decodeIfPresent(String.self, forKey: .timestepSpacing)
    guard let usual = Self.methods[className] else {
      statedSpacing = spacingName.map { String(quoted($0).dropFirst().dropLast()) }
      method = .eulerAncestral()
      spacing = method.usualSpacing
      unfollowedOptions = []
      return
    }
    var options = Options(fields: fields)
    method = try options.method(usual)
    let stated = spacingName ?? (usual == .ddim() ? "leading" : "linspace")
    let levels = try options.levels(method)
    statedSpacing = levels?.rawValue ?? stated
    spacing = try levels ?? Self.spacing(method, stated)
    try options.look(method, stated: stated, levels: levels)
    unfollowedOptions = options.unfollowed
  }

  /// - Throws: ``ReportableError`` (`badData`) for a name that no class knows.
  private static func spacing(_ method: SamplerMethod, _ name: String) throws -> SamplerSpacing {
    switch (name, method) {
    case ("leading", _): .leading
    case ("trailing", _): .trailing
    // The same timesteps; between them, k-diffusion's levels, which these methods come from.
    case ("linspace", .eulerAncestral), ("linspace", .euler), ("linspace", .heun),
      ("linspace", .lms):
      .uniform
    case ("linspace", _): .linspace
    default:
      throw ScheduleConfiguration.unsupported("\"timestep_spacing\" = \(quoted(name))")
    }
  }

  /// The options of a class. A file can have those of others too, which say nothing.
  private struct Options {
    let fields: KeyedDecodingContainer<Key>
    private(set) var unfollowed: [String] = []

    init(fields: KeyedDecodingContainer<Key>) { self.fields = fields }

    func method(_ usual: SamplerMethod) throws -> SamplerMethod {
      let algorithm = try fields.decodeIfPresent(String.self, forKey: .algorithm)
      return usual == .dpm2M && algorithm?.hasPrefix("sde-") == true ? .dpm2MSDE : usual
    }

    /// The spacing that takes the place of that of timesteps.
    func levels(_ method: SamplerMethod) throws -> SamplerSpacing? {
      switch method {
      case .eulerAncestral, .ddim: return nil
      case .euler, .heun, .lms, .dpm2M, .dpm2MSDE, .unipc:
        if try flag(.karras) { return .karras }
        return try flag(.exponential) ? .exponential : nil
      }
    }

    /// Finds the options that are not followed.
    mutating func look(
      _ method: SamplerMethod, stated: String, levels: SamplerSpacing?
    ) throws {
      switch method {
      case .eulerAncestral: break
      case .euler, .heun, .lms:
        try expect(.beta, false)
        // Here the levels are spread between the ends of the schedule, there of the timesteps.
        note(.timestepSpacing, stated, unless: levels == nil || stated == "linspace")
        if method == .heun { try expect(.clipsSample, false) }
        if method == .euler {
          try expect(.lastSigma, among: ["zero"])
          try expect(.timestepType, among: ["discrete"])
          try expectNone(.lowestSigma)
          try expectNone(.highestSigma)
        }
      case .ddim:
        // The class goes down by a fixed number of timesteps, not to the one that it visits next.
        note(.timestepSpacing, stated, unless: stated != "linspace")
        try expect(.clipsSample, false, standard: true)
        try expect(.usesThreshold, false)
      case .dpm2M, .dpm2MSDE:
        try lookAtMultistep()
        try expect(.algorithm, among: ["dpmsolver++", "sde-dpmsolver++", "deis"])
        // Names of another class' solvers stand for the usual one.
        try expect(.solverType, among: ["midpoint", "logrho", "bh1", "bh2"])
        try expect(.lu, false)
        try expect(.varianceType, among: [])
        let lowest = try fields.decodeIfPresent(Double.self, forKey: .lowestLogarithm)
        if let lowest { note(.lowestLogarithm, "\(lowest)", unless: lowest == -.infinity) }
      case .unipc:
        try lookAtMultistep()
        try expect(.solverType, among: ["bh2", "midpoint", "heun", "logrho"])
        try expect(.predictsClean, true, standard: true)
        let uncorrected = try fields.decodeIfPresent([Int].self, forKey: .uncorrectedSteps) ?? []
        note(.uncorrectedSteps, "\(uncorrected.prefix(8))", unless: uncorrected.isEmpty)
      }
    }

    private mutating func lookAtMultistep() throws {
      let order = try fields.decodeIfPresent(Int.self, forKey: .solverOrder) ?? 2
      note(.solverOrder, "\(order)", unless: order == 2)
      try expect(.beta, false)
      try expect(.usesThreshold, false)
      try expect(.lastSigma, among: ["zero"])
    }

    private func flag(_ key: Key, standard: Bool = false) throws -> Bool {
      try fields.decodeIfPresent(Bool.self, forKey: key) ?? standard
    }

    private mutating func note(_ key: Key, _ value: String, unless isFollowed: Bool) {
      if !isFollowed { unfollowed.append("\(key.rawValue) \(value)") }
    }

    private mutating func expect(_ key: Key, _ followed: Bool, standard: Bool = false) throws {
      let value = try flag(key, standard: standard)
      note(key, "\(value)", unless: value == followed)
    }

    private mutating func expect(_ key: Key, among followed: [String]) throws {
      guard let value = try fields.decodeIfPresent(String.self, forKey: key) else { return }
      note(key, quoted(value), unless: followed.contains(value))
    }

    private mutating func expectNone(_ key: Key) throws {
      guard let value = try fields.decodeIfPresent(Double.self, forKey: key) else { return }
      note(key, "\(value)", unless: false)
    }
  }
}
