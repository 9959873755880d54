{{- define "minikom.name" -}}
{{- if eq .Release.Name .Chart.Name }}{{ .Release.Name }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "minikom.selector" -}}
app.kubernetes.io/name: minikom
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "minikom.labels" -}}
{{ include "minikom.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "minikom.scheme" -}}
{{- if .Values.tls.existingSecret }}HTTPS{{ else }}HTTP{{ end -}}
{{- end }}

{{- define "minikom.targets" -}}
{{- $targets := list -}}
{{- range $name, $url := .Values.checks.targets -}}
{{- $targets = append $targets (printf "%s=%s" $name (replace "," "%2C" $url)) -}}
{{- end -}}
{{- join "," $targets -}}
{{- end }}
