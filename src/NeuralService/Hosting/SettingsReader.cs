using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace NeuralService.Hosting;

/// <summary>Reads a tree of settings and refuses, in one sentence, what is unknown or not allowed.</summary>
internal static class SettingsReader
{
    public static T Read<T>(IConfiguration configuration)
        where T : new()
    {
        object settings = new T();
        foreach (var property in typeof(T).GetProperties())
        {
            if (!property.PropertyType.IsEnum)
                property.SetValue(settings, Section(property.PropertyType, configuration.GetSection(property.Name)));
            else if (configuration[property.Name] is { } text)
                property.SetValue(settings, Value(property, property.Name, text));
        }
        return (T)settings;
    }

    private static object Section(Type type, IConfigurationSection given)
    {
        object section = Activator.CreateInstance(type)!;
        var known = type.GetProperties().ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var setting in given.GetChildren())
        {
            if (!known.TryGetValue(setting.Key, out var property))
                throw new StartRefusal($"There is no setting {setting.Path}; {Suggestion(setting.Key, known.Keys)}");
            if (setting.Value is { } text)
                property.SetValue(section, Value(property, $"{given.Key}:{property.Name}", text));
        }
        return section;
    }

    private static object Value(PropertyInfo property, string name, string text)
    {
        Type type = property.PropertyType;
        if (type == typeof(string))
            return text;
        if (type == typeof(bool))
            return bool.TryParse(text, out bool yes) ? yes : throw Wrong(name, text, "true or false");
        if (type.IsEnum)
        {
            return Enum.TryParse(type, text, ignoreCase: true, out object? word) && Enum.IsDefined(type, word) && !char.IsAsciiDigit(text[0])
                ? word
                : throw Wrong(name, text, string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)));
        }
        var range = property.GetCustomAttribute<RangeAttribute>()!;
        double least = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), most = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) || number < least || number > most)
            throw Wrong(name, text, $"a whole number from {Problems.Number((long)least)} to {Problems.Number((long)most)}");
        return Convert.ChangeType(number, type, CultureInfo.InvariantCulture);
    }

    private static StartRefusal Wrong(string name, string given, string allowed) => new($"{name} is \"{given}\"; allowed is {allowed}.");

    private static string Suggestion(string given, IEnumerable<string> known) =>
        Nearest.To(given, known) is { } nearest ? $"did you mean {nearest}?" : $"known are {string.Join(", ", known)}.";
}
