"""Days and months as texts have them, in her language."""

from types import MappingProxyType

from clinics.models import Language

# Monday first, January first.  "sábado" would make every Saturday's text cost double:
# GSM-7 has é, but no á.
WEEKDAYS = MappingProxyType(
    {
        Language.en: "Mon Tue Wed Thu Fri Sat Sun",
        Language.es: "lunes martes miércoles jueves viernes sabado domingo",
    }
)
MONTHS = MappingProxyType(
    {
        Language.en: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        Language.es: "ene feb mar abr may jun jul ago sep oct nov dic",
    }
)
